export {
  AgentConfigurationError,
  AgentError,
  type AgentErrorOptions,
  AgentExecutionError,
  AgentFinalAnswerError,
  AgentGenerationError,
  AgentMaxStepsError,
  AgentParsingError,
  AgentToolCallError,
  AgentToolExecutionError,
  type ErrorCode,
  type ErrorKind,
} from './errors';
export {
  type CodeError,
  type CodeOutput,
  DEFAULT_LIMITS,
  type Executor,
  type GuestCall,
  type GuestFunction,
  type Sandbox,
  type SandboxLimits,
  type SandboxOptions,
  type StepHandle,
} from './executors/executor';
export type {
  ActionStep,
  ErrorRecord,
  MemoryStep,
  PlanningStep,
  TaskStep,
  Timing,
  ToolResult,
} from './memory/step';
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
export type { AnyTool, Tool, ToolHandle, ToolInput, ToolInputs, ToolType } from './tools/tool';
export { type Clock, systemClock } from './web/clock';
export type { Fetch } from './web/fetch';
export { type Ids, randomIds } from './web/ids';
