/**
 * Foreign messages repeat parts of a request, the ECI API's among them: takes out what looks like a URL's query, a user part, a password or a key of
 * Alibaba Cloud. A signature that does not match is answered with the whole request in its signed form. This goes by looks alone, for texts of
 * which nobody knows what they hold; `withoutSecrets` takes out values that are known.
 */
export const redact = (text: string): string =>
  text
    .replace(/(string ?to ?sign)[^]*$/i, '$1 [redacted]')
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1[redacted]@')
    .replace(/\b(Bearer|Basic)\s+\S+/gi, '$1 [redacted]')
    .replace(/(https?:\/\/[^\s?]*)\?\S*/gi, '$1?[redacted]')
    .replace(
      /\b(\w*(?:Passw(?:or)?d|Secret|Token|Signature|AccessKey)\w*)(["']?\s*(?:[=:]|%3[AD])\s*)(?:"[^"]*"|'[^']*'|[^\s&"',;]+)/gi,
      '$1$2[redacted]',
    )
    .replace(/(["']auth["']\s*:\s*)(?:"[^"]*"|'[^']*')/g, '$1[redacted]')
    // Access keys of users and of roles, and the tokens of the latter.
    .replace(/\b(?:LTAI|STS\.|CAIS)[\w+/=-]{8,}/g, '[redacted]');
