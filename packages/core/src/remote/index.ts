// The lazy chunk: everything that talks to the provider.
import type { Remote } from '../local/remote-port.ts'
import type { Tab } from '../local/tab.ts'
import { createMemoryStore } from '../platform/memory-store.ts'
import { createRemotePlatform } from '../platform/remote.ts'
import { createProtocol } from '../protocol/index.ts'
import { afterRejection } from './after-rejection.ts'
import { answer } from './answer.ts'
import { type Context, revokeFormer } from './context.ts'
import { createKeys } from './keys.ts'
import { renew } from './renew.ts'
import { signIn } from './sign-in.ts'
import { signOutAtProvider } from './sign-out.ts'

/** @param name names the record, locks and notes of the session */
export function createRemote(
	tab: Tab,
	name: string,
	actions: Context['actions'],
	platform = createRemotePlatform(name),
	protocol = createProtocol(tab.config, tab.platform, tab.now),
): Remote {
	const keys = createKeys(tab, platform)
	const context: Context = { tab, name, platform, protocol, keys, actions }
	return {
		renew: ({ id, living }, disregarded) => renew(context, { id, generation: living.generation }, disregarded),
		signIn: options => signIn(context, options),
		answer: (response, isRepeated) => answer(context, response, isRepeated),
		signOutAtProvider: former => signOutAtProvider(context, former),
		revoke: former => revokeFormer(context, former),
		afterRejection: held => afterRejection(context, held),
		findKey: keys.find,
		forgetKey: keys.forget,
		receive: keys.receive,
		memoryStore: createMemoryStore(platform.requests),
	}
}
