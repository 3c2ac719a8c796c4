import { defineAgentTrace } from './define-agent-trace';

// `dist/trace-viewer.js`: a script tag is the wish to have the element
defineAgentTrace();
