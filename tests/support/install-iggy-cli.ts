import { installIggyCli } from './iggy-cli.ts';

/** Before all tests that need it. */
export const setup = installIggyCli;
