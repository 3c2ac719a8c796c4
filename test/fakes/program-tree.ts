/** Names of the spans that the program of the design leaves where its script is `PROGRAM_SCRIPT`, as `nameTree` tells them. */
export const programTree = (request: 'GET' | 'POST') => [
  'CodeAgent.run',
  '  Step 1',
  '    HfApiModel.generate',
  '    managed_agent.run',
  '      Step 1',
  '        HfApiModel.generate',
  '        DuckDuckGoSearchTool',
  `          ${request}`,
  '      Step 2',
  '        HfApiModel.generate',
  '        FinalAnswerTool',
  '  Step 2',
  '    HfApiModel.generate',
  '    FinalAnswerTool',
];
