export { type CollectedRun, collectEvents } from './collect-events';
export { type RecordOptions, recordRun } from './record-run';
export { recordedParts } from './recorded-parts';
export {
  type ClockTape,
  type Exchange,
  type RecordedOptions,
  type RecordedReply,
  type RunFile,
  readRunFile,
  writeRunFile,
} from './recording';
export { type ReplayOptions, replayRun } from './replay-run';
export type { ReplyDelta, ToolCallDelta } from './reply-deltas';
export {
  call,
  calls,
  code,
  failure,
  finalAnswer,
  type ScriptEntry,
  type ScriptedModel,
  scriptedModel,
  streamed,
  text,
} from './scripted-model';
export { type Page, type PageServer, servePages } from './serve-pages';
export { type VirtualClock, virtualClock } from './virtual-clock';
