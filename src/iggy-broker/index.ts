/** The whole public face of the library: an Iggy broker inside this process. */
export { type BrokerOptions, type RunningBroker, startBroker } from './broker.ts';
export { type BrokerLimits, DEFAULT_LIMITS } from './limits.ts';
export { backUpData, checkData } from './data-file.ts';
export type { Inspection } from './sqlite-inspection.ts';
export type { Room } from './storage.ts';
export { BrokerStartError, type BrokerStartReason } from './start-error.ts';
