/** Every command of the protocol, and nothing else: `Object.values` of this module is the list. */
export { getClient, getClients, getMe } from './clients.ts';
export {
  createConsumerGroup,
  deleteConsumerGroup,
  getConsumerGroup,
  getConsumerGroups,
  joinConsumerGroup,
  leaveConsumerGroup,
  syncConsumerGroup,
} from './groups.ts';
export { flushUnsavedBuffer, pollMessages, sendMessages } from './messages.ts';
export { deleteConsumerOffset, getConsumerOffset, storeConsumerOffset } from './offsets.ts';
export { createPartitions, deletePartitions, deleteSegments } from './partitions.ts';
export {
  attachConsumerSession,
  getConsumerOffsetRouting,
  getPollRouting,
  pollMessagesOnPrimary,
} from './routing.ts';
export { login, loginWithPat, logout } from './session.ts';
export {
  createStream,
  deleteStream,
  getStream,
  getStreams,
  purgeStream,
  updateStream,
} from './streams.ts';
export { describeOptions, getClusterMetadata, getSnapshot, getStats, ping } from './system.ts';
export {
  createPersonalAccessToken,
  deletePersonalAccessToken,
  getPersonalAccessTokens,
} from './tokens.ts';
export {
  createTopic,
  deleteTopic,
  getTopic,
  getTopics,
  purgeTopic,
  updateTopic,
} from './topics.ts';
export {
  changePassword,
  createUser,
  deleteUser,
  getUser,
  getUsers,
  updatePermissions,
  updateUser,
} from './users.ts';
