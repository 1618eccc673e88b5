/** How the process ends, in the words of BSD sysexits (http-contract §6). */
export const EXIT = {
  /** A clean stop. */
  ok: 0,
  /** An argument that the program does not know. */
  usage: 64,
  /** A port cannot be bound, or the broker stayed away for too many attempts. */
  unavailable: 69,
  /** An internal fault: uncaught exception, dead broker thread, unusable data file, unclean stop. */
  software: 70,
  /** The settings are wrong. */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
