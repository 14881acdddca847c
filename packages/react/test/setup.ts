// Runs before each file with tests: they share their modules, and hooks are for one file alone.
import { watchComplaints } from './render.tsx'

// On a server there is nothing to look at.
if ('document' in globalThis) watchComplaints()
