import { testHostile } from '../support/hostile-test.ts';

testHostile(10_000, 2000);
