/** A test as pages name it: `file` › `title`. */
const PROOF = /`(test\/[^`]+)` › `([^`]+)`/g;

/** All tests that a page, or a part of it, names. */
export const shownTests = (text: string): { file: string; title: string }[] =>
  [...text.matchAll(PROOF)].map(([, file = '', title = '']) => ({ file, title }));

/** Whether a file has a test of this title, or a row or a case of this name that tests are made from. */
export const declares = (source: string, title: string): boolean =>
  source.split('\n').some((line) => {
    const at = line.indexOf(title);
    const isWhole = /^['"`]/.test(line.slice(at + title.length));
    return (
      at > 0 &&
      isWhole &&
      /(\b(it|describe)(\.each\(.*\))?\(|\b(name|what): |^\s*)['"`]$|\)\(['"`]$/.test(line.slice(0, at))
    );
  });
