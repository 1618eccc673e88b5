/** The whole public face of the library: an Iggy broker inside this process. */
export { type BrokerOptions, type RunningBroker, startBroker } from './broker.ts';
export { type BrokerLimits, DEFAULT_LIMITS } from './limits.ts';
export { BrokerStartError, type BrokerStartReason } from './start-error.ts';
