export type {
  AgentEvent,
  AgentRun,
  Branch,
  ForkEdits,
  ForkOptions,
  GoOnOptions,
  LogRecord,
  ResumeOptions,
  RunOptions,
  RunResult,
  RunState,
} from './agents/agent';
export type { Agent, AgentMaker } from './agents/agent-class';
export { type AgentRegistry, agentFromJSON } from './agents/agent-json';
export type { BeforeToolCall, CallAtDoor, CallVerdict } from './agents/calls/before-call';
export type { Delegate, DelegateCall, DelegateReport } from './agents/calls/delegate';
export type { HumanAnswer, HumanAnswers, WaitingCall } from './agents/calls/human';
export type { CodeBlockTags } from './agents/code/code-tags';
export { CodeAgent } from './agents/code-agent';
export { eventTime } from './agents/event-time';
export { ManagedAgent, type ManagedAgentOptions } from './agents/managed-agent';
export type { AudioPart } from './agents/media';
export { parseCode, parseToolCall } from './agents/parse';
export type { PromptFacts, TeamMember } from './agents/prompts/prompt-subject';
export { type PromptOverrides, type PromptTemplates, promptTemplates } from './agents/prompts/prompts';
export type { RemoteAgentOptions, RemoteResumeOptions, RemoteRunOptions } from './agents/remote/remote-options';
export { RemoteAgent } from './agents/remote-agent';
export type { Budget, BudgetLimit, Spent, TokenMeter } from './agents/runs/budget';
export {
  type Outcome,
  type RunTokens,
  type RunWork,
  type Scope,
  type Watcher,
  type Work,
  watchRuns,
} from './agents/scope';
export type {
  AgentOptions,
  CallbackFacts,
  CallbackStep,
  CodeAgentOptions,
  FinalAnswerCheck,
  StepCallback,
  ToolCallingAgentOptions,
} from './agents/settings';
export { ToolCallingAgent } from './agents/tool-calling-agent';
export {
  AgentConfigurationError,
  AgentError,
  AgentExecutionError,
  AgentFinalAnswerError,
  AgentGenerationError,
  AgentMaxStepsError,
  AgentParsingError,
  AgentToolCallError,
  AgentToolExecutionError,
  type ErrorCode,
  type ErrorKind,
  SandboxStartError,
  WebAccessError,
} from './errors';
export { defaultExecutor } from './executors/default-executor';
export type {
  CodeError,
  CodeOutput,
  Executor,
  GuestCall,
  GuestFunction,
  Sandbox,
  SandboxLimits,
  SandboxOptions,
  StepHandle,
} from './executors/executor';
export { InProcessExecutor, type InProcessExecutorOptions } from './executors/in-process';
export { WebWorkerExecutor, type WebWorkerExecutorOptions } from './executors/web-worker';
export { Memory } from './memory/memory';
export { type MemoryWords, writeMemoryToMessages } from './memory/messages';
export type { ActionStep, ErrorRecord, MemoryStep, PlanningStep, TaskStep, Timing, ToolResult } from './memory/step';
export type { HfApiModelOptions } from './models/hf-api';
export { HfApiModel, InferenceClientModel } from './models/hf-api-model';
export type {
  ChatMessage,
  ContentPart,
  ImagePart,
  MessageRole,
  Model,
  ModelPart,
  ModelReply,
  ModelRequest,
  TokenUsage,
  ToolCall,
  ToolSchema,
} from './models/model';
export type { OpenAIModelOptions } from './models/openai-api';
export { OpenAIModel, OpenAIServerModel } from './models/openai-model';
export type { WorkersAiBinding, WorkersAiModelOptions } from './models/workers-ai';
export { WorkersAiModel } from './models/workers-ai-model';
export { DuckDuckGoSearchTool } from './tools/duckduckgo';
export { FinalAnswerTool } from './tools/final-answer';
export { type JavaScriptInterpreterOptions, JavaScriptInterpreterTool } from './tools/javascript-interpreter';
export type { DuckDuckGoSearchOptions } from './tools/search-web';
export type {
  AnyTool,
  KnownAddresses,
  NeedsApproval,
  Tool,
  ToolHandle,
  ToolInput,
  ToolInputs,
  ToolType,
} from './tools/tool';
export { type ToolOptions, tool } from './tools/tool';
export { type UserInputOptions, UserInputTool } from './tools/user-input';
export type { VisitWebpageOptions } from './tools/visit-page';
export { VisitWebpageTool } from './tools/visit-webpage';
export { WikipediaSearchTool } from './tools/wikipedia';
export type { WikipediaSearchOptions } from './tools/wikipedia-article';
export type { Clock } from './web/clock';
export type { Fetch } from './web/fetch';
export type { Ids } from './web/ids';
