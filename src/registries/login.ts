/** What a registry is shown. Never printed, apart from the source. */
export type Login =
  | { readonly username: string; readonly password: string; readonly source: string }
  | { readonly identityToken: string; readonly source: string };
