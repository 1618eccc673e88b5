import type { AnswerStep } from '../http/state.ts';

/**
 * While the process stops, every answer asks its client to come back over another connection. Looked at
 * when the answer is there: the request may have come before the stop began.
 */
export function closeWhileDraining(isDraining: () => boolean): AnswerStep {
  return function closeWhileDrainingStep(ctx): void {
    if (isDraining()) ctx.set('Connection', 'close');
  };
}
