import { testHostile } from '../support/hostile-test.ts';

testHostile(2000, 500);
