/** Opening and closing tag around the code in a model's text. */
export type CodeBlockTags = readonly [opening: string, closing: string];

export const CODE_TAGS: CodeBlockTags = ['<code>', '</code>'];
export const MARKDOWN_TAGS: CodeBlockTags = ['```js', '```'];
