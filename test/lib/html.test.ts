import { describe, expect, test } from 'vitest';
import { html } from '../../src/lib/html.ts';
import { readSourceFiles } from '../house/source-files.ts';
import { fc } from '../support/property.ts';

describe('html', () => {
  test.each([
    [html`<p>${'a < b & "c" > \'d\''}</p>`, '<p>a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;</p>'],
    [html`<p>${html`<b>${'&'}</b>`}</p>`, '<p><b>&amp;</b></p>'],
    [html`<ul>${['a', '<'].map((text) => html`<li>${text}`)}</ul>`, '<ul><li>a<li>&lt;</ul>'],
    [html`${1.5} ${0} ${undefined}.`, '1.5 0 .'],
    [html``, ''],
    [html`\n`, '\n'],
  ])('writes %s', (markup, text) => {
    expect(String(markup)).toBe(text);
  });

  test('shows a mark in place of each character that is obeyed or never seen, and keeps line ends', () => {
    const text = 'a\0b\u001Bc\u0085d\u202Ee\u2066f\uD800g\nh\ti';
    expect(String(html`${text}`)).toBe('a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg\nh\ti');
    expect(String(html`${'👩‍👩‍👧 שלום é'}`)).toBe('👩‍👩‍👧 שלום é');
  });

  test('lets no text end its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        /^<a href="[^"'<>]*">[^"'<>]*<\/a>$/.test(String(html`<a href="${text}">${text}</a>`)),
      ),
    );
  });

  test('is given values of attributes in quotes only', () => {
    const withoutQuotes = readSourceFiles().filter(({ text }) =>
      /<[a-z][^>`]*\s[a-z-]+=\$\{/.test(text),
    );
    expect(withoutQuotes.map(({ path }) => path)).toEqual([]);
  });
});
