import { RequestPace } from '../web/request-pace';
import type { ChatModelSettings } from './model-options';

const MINUTE_MS = 60_000;

/** The pace of a model's requests; undefined where it has no limit. */
export function paceOf({ requestsPerMinute }: Pick<ChatModelSettings, 'requestsPerMinute'>): RequestPace | undefined {
  return requestsPerMinute === undefined ? undefined : new RequestPace(MINUTE_MS / requestsPerMinute);
}
