import { describe, expect, it } from 'vitest';
import { fullImageName } from '../../src/emulator/images/image-name.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('the full name of an image', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['acme/app', 'docker.io/acme/app:latest'],
    ['registry.example.com/app', 'registry.example.com/app:latest'],
    ['registry.example.com:5000/a/b:1', 'registry.example.com:5000/a/b:1'],
    ['localhost/app:1', 'localhost/app:1'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    [`alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`],
  ])('of %s is %s', (image, name) => {
    expect(fullImageName(image)).toBe(name);
  });
});
