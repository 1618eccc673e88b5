export interface Reply {
  /** Absent if it failed. */
  readonly answer?: unknown;
  readonly failure?: string;
}

/** The other side of a `Helper`: answers until whoever started it is gone. */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are this folder's
    void replyTo(message as never, answer).then((reply) => process.send?.(reply));
  });
}

async function replyTo(
  question: never,
  answer: (question: never) => Promise<unknown>,
): Promise<Reply> {
  try {
    return { answer: await answer(question) };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
