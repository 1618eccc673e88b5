/**
 * A request the broker will not do, with the code its reply carries (iggy-vsr-0.11 §8). Every other
 * error thrown while a request is executed is our own fault, and ends the broker.
 *
 * Codes have two places in a reply (iggy-vsr-0.11 §1.6). A metadata operation that was admitted tells
 * its outcome in the result section, like its success; `admitted: false` means it never got that far.
 * Reads and partition operations know the header's status only.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;
  readonly admitted: boolean;

  constructor(code: number, { admitted = true } = {}) {
    super(`refused with ${code}`);
    this.code = code;
    this.admitted = admitted;
  }
}

/** For checks that need nothing but the request itself. */
export function notAdmitted(code: number): Refusal {
  return new Refusal(code, { admitted: false });
}
