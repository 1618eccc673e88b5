import {
  type ConnectionSettings,
  ConnectionStringError,
  parseConnectionString,
} from '../iggy-client/index.ts';
import { resourceName as resourceNameSchema, type ResourceName } from '../models/name.ts';
import { parseInteger } from '../validation.ts';

/** What is wrong with a setting's value, without the value itself: it may be a secret. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** Turns the text of a variable into its value, or throws SettingError. */
export type SettingParser<Value> = (text: string) => Value;

export function integer(min: number, max: number): SettingParser<number> {
  return (text) => {
    const value = parseInteger(text.trim(), BigInt(min), BigInt(max));
    if (value === undefined) throw new SettingError(`must be an integer from ${min} to ${max}`);
    return Number(value);
  };
}

export function oneOf<const Choice extends string>(
  ...choices: readonly Choice[]
): SettingParser<Choice> {
  return (text) => {
    const wanted = text.trim().toLowerCase();
    const choice = choices.find((it) => it === wanted);
    if (choice === undefined) throw new SettingError(`must be one of ${choices.join(', ')}`);
    return choice;
  };
}

export function plainText(text: string): string {
  return text;
}

/** What a socket can be bound to: a name or an address, nothing with a space in it. */
export function hostName(text: string): string {
  if (!/^\S+$/.test(text)) throw new SettingError('must be a host name or address');
  return text;
}

export function resourceName(text: string): ResourceName {
  const checked = resourceNameSchema.safeParse(text);
  if (checked.success) return checked.data;
  throw new SettingError(checked.error.issues.map(({ message }) => message).join(', '));
}

export function connectionString(text: string): ConnectionSettings {
  try {
    return parseConnectionString(text);
  } catch (error) {
    if (!(error instanceof ConnectionStringError)) throw error;
    throw new SettingError(error.message, { cause: error });
  }
}

/** Base URL of an HTTP service. It may hold a password, so it is for settings that are secret. */
export function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new SettingError('must be an http or https URL');
  }
  return text;
}

/** Servers take no user names and passwords of other lengths (iggy-vsr-0.11 §2.3). */
export function credential(bytesMin: number, bytesMax: number): SettingParser<string> {
  return (text) => {
    const bytes = Buffer.byteLength(text);
    if (bytes >= bytesMin && bytes <= bytesMax) return text;
    throw new SettingError(`must have ${bytesMin} to ${bytesMax} bytes`);
  };
}
