/** What a job has uploaded. */
export interface ArtifactsFile {
  readonly filename: string;
  readonly archive: Buffer;
}

/**
 * @param contentType with the boundary of the body's parts.
 * @returns the part `file`, or nothing if there is none.
 * @throws when the body is no form.
 */
export async function uploadedFile(contentType: string, body: Buffer): Promise<ArtifactsFile | undefined> {
  const form = await new Response(body, { headers: { 'Content-Type': contentType } }).formData();
  const file = form.get('file');
  if (file === null || typeof file === 'string') return undefined;
  return { filename: file.name, archive: Buffer.from(await file.arrayBuffer()) };
}
