/** The real server of the tests and of compose.yaml. The 0.10 line speaks another protocol and is refused at login. */
export const IGGY_IMAGE = 'apache/iggy:0.9.0';
