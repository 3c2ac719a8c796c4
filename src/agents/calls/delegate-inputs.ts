import type { ToolInputs } from '../../tools/tool';

/** What a managed agent is called with. */
export const DELEGATE_INPUTS: ToolInputs = {
  task: { type: 'string', description: 'The whole task, in detail: this text is all that the team member is told.' },
  additional_args: { type: 'object', description: 'Values to pass on, by name.', nullable: true },
};
