import { runNesting } from './nesting';

const handle = await runNesting('handle');
const ambient = await runNesting('ambient');
const generator = await runNesting('generator');
console.log(JSON.stringify({ handle, ambient, generator }));
