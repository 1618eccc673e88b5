/** Every problem with the settings, one line each. Holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Collects what is wrong with the settings, so that all of it can be told at once. */
export class Problems {
  readonly #messages: string[] = [];
  readonly #variables = new Set<string>();

  get lines(): readonly string[] {
    return this.#messages;
  }

  add(variable: string, message: string): void {
    this.#messages.push(`${variable}: ${message}`);
    this.#variables.add(variable);
  }

  /** Whether one of them is known to be wrong: then nothing that depends on it can be judged. */
  concern(...variables: readonly string[]): boolean {
    return variables.some((variable) => this.#variables.has(variable));
  }
}
