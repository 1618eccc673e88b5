/** The user header under which a message carries the trace it was sent in (W3C Trace Context). */
export const TRACEPARENT = 'traceparent';
