import { isRecord } from '../../web/record';
import { FlatSpan } from './flat-span';
import { idOf, isFailure, type Span, timeOf } from './span';

/** The spans of Phoenix's REST interface (`GET /v1/projects/{name}/spans`), attributes flat or nested. */
export function* readPhoenix(data: readonly unknown[], skipped: (what: unknown) => void): Generator<Span, void> {
  for (const raw of data) {
    if (!isRecord(raw)) {
      skipped(raw);
      continue;
    }
    const context = isRecord(raw.context) ? raw.context : {};
    yield new FlatSpan(
      idOf(context.span_id),
      idOf(context.trace_id),
      idOf(raw.parent_id),
      String(raw.name ?? ''),
      timeOf(raw.start_time),
      timeOf(raw.end_time),
      isFailure(raw.status_code),
      typeof raw.status_message === 'string' ? raw.status_message : '',
      raw,
    );
  }
}
