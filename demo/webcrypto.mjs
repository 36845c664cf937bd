// Node 18, Debian 12's, has Web Crypto but not as the global that jose looks
// for.  Imported before anything that does.
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
