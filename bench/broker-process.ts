import { type RunningBroker, startBroker } from '../src/iggy-broker/index.ts';
import { tuneHeap } from '../src/utils/heap.ts';
import { answerQuestions } from './answer-questions.ts';

tuneHeap();
let broker: RunningBroker | undefined;

/** The embedded broker alone, for benches without a gateway. Started by broker.ts. */
answerQuestions(async ({ dataDirectory }: { dataDirectory: string }) => {
  const root = { username: 'iggy', password: 'iggy' };
  broker ??= await startBroker({ port: 0, dataDirectory, root });
  return broker.port;
});
