import { runLoad } from './load-run.ts';
import { answerQuestions } from './answer-questions.ts';

/** Started by load.ts: the load has a process of its own. */
answerQuestions(runLoad);
