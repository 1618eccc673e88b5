/** Safe to be written into a header and a log line (http-contract §4). */
const REQUEST_ID = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** The client's request id if it is fit to be written down, else a new one. */
export function chooseRequestId(given: string): string {
  return REQUEST_ID.test(given) ? given : crypto.randomUUID();
}
