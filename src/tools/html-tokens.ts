/** What a reader of HTML is told, in the order of the document. Names are in lower case. */
export interface HtmlReader {
  open(name: string, attributes: ReadonlyMap<string, string>): void;
  close(name: string): void;
  /** Decoded text; what stands in `<script>`, `<style>` and other raw elements comes too, between their tags. */
  text(text: string): void;
}

/**
 * Reads HTML as the browser's tokenizer does, in time linear in its length. No tree is built: tags come as they are
 * written, unbalanced ones too, so that depth costs nothing. Comments, declarations and unfinished tags are left out.
 * Only the tokenizer of htmlparser2 is used: its parser keeps a stack whose cost grows with the square of the depth.
 */
export async function readHtml(html: string, reader: HtmlReader): Promise<void> {
  const { Tokenizer } = await import('htmlparser2'); // 20 KB gzipped: only who reads pages pays
  let tag = '';
  let attributes = new Map<string, string>();
  let attribute = '';
  let value = '';
  const nothing = () => undefined;
  const openTag = () => reader.open(tag, attributes);
  const tokenizer = new Tokenizer(
    {},
    {
      onopentagname(start, end) {
        tag = html.slice(start, end).toLowerCase();
        attributes = new Map();
      },
      onattribname(start, end) {
        attribute = html.slice(start, end).toLowerCase();
        value = '';
      },
      onattribdata(start, end) {
        value += html.slice(start, end);
      },
      onattribentity(codepoint) {
        value += String.fromCodePoint(codepoint);
      },
      onattribend() {
        if (!attributes.has(attribute)) attributes.set(attribute, value); // the first one counts, as in browsers
      },
      onopentagend: openTag,
      onselfclosingtag: openTag, // in HTML the slash says nothing
      onclosetag: (start, end) => reader.close(html.slice(start, end).toLowerCase()),
      ontext: (start, end) => reader.text(html.slice(start, end)),
      ontextentity: (codepoint) => reader.text(String.fromCodePoint(codepoint)),
      oncdata: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onprocessinginstruction: nothing,
      onend: nothing,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
}
