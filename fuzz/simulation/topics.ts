export const STREAM = 's';

/** What is there when a history begins. */
export const TOPICS = [
  { name: 'wide', partitionsCount: 3 },
  { name: 'narrow', partitionsCount: 1 },
] as const;
