/** Whether gateways take the busy routes past the router: each of the two projects of vitest.config.ts has its way. */
export const HOT_PATH = process.env['TEST_HOT_PATH'] !== 'off';
