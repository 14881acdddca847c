// The browser behind the ports of the lazy chunk.
import { activity } from './activity.ts'
import { beacon } from './beacon.ts'
import { createChannel } from './channel.ts'
import { frames } from './frames.ts'
import { locks } from './locks.ts'
import { createNote } from './note.ts'
import type { RemotePlatform } from './ports.ts'
import { seal } from './seal.ts'

export const createRemotePlatform = (name: string): RemotePlatform => ({
	activity,
	frames,
	locks,
	seal,
	tabKey: createNote('sessionStorage', `${name}:key`),
	requests: createNote('sessionStorage', `${name}:requests`),
	departures: createNote('sessionStorage', `${name}:departures`),
	stray: createNote('localStorage', 'tabsession:stray'),
	callbacks: createChannel('tabsession:callback'),
	beacon,
})
