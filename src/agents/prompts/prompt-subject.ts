import type { AnyTool, ToolInputs } from '../../tools/tool';
import type { CodeBlockTags } from '../code/code-tags';

/** What a prompt may speak of: the agent's own tools and team, in the order they were given. */
export interface PromptFacts {
  tools: readonly AnyTool[];
  managedAgents: readonly TeamMember[];
  /** The developer's own words, put near the end. */
  instructions: string | undefined;
  codeBlockTags: CodeBlockTags;
  /** Names that `import` takes, of a code agent. */
  modules: readonly string[];
  /** Whether a code agent replies with JSON. */
  structured: boolean;
}

/** A managed agent as a prompt shows it. */
export interface TeamMember {
  name: string;
  description: string;
  inputs: ToolInputs;
}
