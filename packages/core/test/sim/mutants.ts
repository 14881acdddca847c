// Deliberate faults: each is what a reviewer might overlook, and the simulation must find every one (`npm run sim:mutants`).
// None is in shipped code: they are put in while the simulation is bundled.

export interface Mutant {
	/** What the code does wrong, in a few words. */
	readonly name: string
	/** Below `packages/core/src`. */
	readonly file: string
	/** The line, or as much of it as occurs once in the file. */
	readonly find: string
	readonly replace: string
	/** What it breaks first, or any of several. */
	readonly invariant: string
}

export const mutants: readonly Mutant[] = [
	// I1: one at a time.
	{
		name: 'under the lock nobody looks whether another tab has renewed',
		file: 'remote/renew.ts',
		find: 'const before = await tab.read()\n\t\tif (!isFor(before, target)) return\n\t\t// An answer',
		replace:
			'const before = await tab.read()\n\t\ttarget = { id: before?.id as string, generation: before?.living?.generation as number }\n\t\tif (!isFor(before, target)) return\n\t\t// An answer',
		invariant: 'I1',
	},
	{
		name: 'the turn is taken whatever intent stands',
		file: 'policy/renewal.ts',
		find: '[expected, intent.id].includes(living.intent?.id) && !living.pending ? { intent } : undefined',
		replace: '!living.pending ? { intent } : undefined',
		invariant: 'I1',
	},
	{
		name: 'the intent is not looked at once more before the send',
		file: 'remote/turn.ts',
		find: '!isYoung()',
		replace: 'false',
		invariant: 'I1',
	},
	{
		name: 'whoever holds the lock takes any intent for abandoned',
		file: 'remote/turn.ts',
		find: 'const enoughMs = locked && intent.locked ?',
		replace: 'const enoughMs = locked ? 0 : intent.locked ?',
		invariant: 'I1',
	},
	{
		name: 'nobody waits for the maker of an intent',
		file: 'remote/turn.ts',
		find: 'if (waitedMs < enoughMs) {',
		replace: 'if (false) {',
		invariant: 'I1',
	},
	{
		name: 'a holder is overtaken before its request can be over',
		file: 'remote/turn.ts',
		find: 'tab.config.tokenRequestTimeoutMs + 5000',
		replace: '5000',
		invariant: 'I1',
	},
	{
		name: 'commits of a renewal do not compare the generation',
		file: 'policy/renewal.ts',
		find: 'isLiving(record) && record.id === id && record.living.generation === generation',
		replace: 'isLiving(record) && record.id === id',
		invariant: 'I1, I7',
	},
	{
		name: 'the generation does not count',
		file: 'policy/renewal.ts',
		find: 'generation: living.generation + 1,',
		replace: 'generation: living.generation,',
		invariant: 'I7',
	},
	{
		name: 'a code that was exchanged is not marked',
		file: 'remote/answer.ts',
		find: "await persist(tab, () => commit(tab, () => codeSettled(state, 'answered'), { strict: true }))",
		replace: '',
		invariant: 'I1',
	},
	{
		name: 'a code is exchanged without the lock of its state',
		file: 'remote/answer.ts',
		// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the code's
		find: 'return platform.locks.queue(`${name}:${state}`, giveUp.signal, () => {',
		// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the code's
		replace: 'return ((_name: string, _signal: AbortSignal, task: any) => task())(`${name}${platform}`, giveUp.signal, () => {',
		invariant: 'I1',
	},
	{
		name: 'a refresh token that was refused is sent again',
		file: 'remote/renew.ts',
		find: 'if (!record.living.renewable) return askSilently(context, target, turn)',
		replace: '',
		invariant: 'I1',
	},
	{
		name: 'that a refresh token was refused is not in the record',
		file: 'remote/renew.ts',
		find: 'if (record.living.silent && (await commit(tab, () => refreshRefused(target, intent.id), { strict: true })))',
		replace: 'void refreshRefused\n\tif (record.living.silent)',
		invariant: 'I1, I6',
	},
	{
		name: 'a silent code is exchanged by a tab that was overtaken',
		file: 'remote/renew.ts',
		find: 'if (!kept) return\n\t\tintent = kept',
		replace: 'intent = kept ?? intent',
		invariant: 'I1',
	},

	// I2: logout wins.
	{
		name: 'a tombstone is written over',
		file: 'policy/session.ts',
		find: 'if (record.id !== id || record.end) return undefined',
		replace: 'if (record.id !== id) return undefined',
		invariant: 'I8',
	},
	{
		name: 'a sign-in goes on with a session that has ended meanwhile',
		file: 'policy/sign-in.ts',
		find: 'if (record.id !== seen?.id || !record.living !== !seen?.living || isTooLate',
		replace: 'if (record.id !== seen?.id || isTooLate',
		invariant: 'I2',
	},
	{
		name: 'a tombstone is no end: the session lives on in the record',
		file: 'policy/record.ts',
		find: 'end: { ...end, startedAt: record.living?.startedAt },\n\tends: record.ends + 1,\n\tliving: undefined,',
		replace: 'end: (void end, undefined),\n\tends: record.ends + 1,',
		invariant: 'I2, I8',
	},
	{
		name: 'a token in memory is trusted for ever',
		file: 'local/tab.ts',
		find: '!!readAt && Math.abs(clock.wall() - readAt.wall) < TRUST_MS && clock.mono() - readAt.mono < TRUST_MS',
		replace: '!!readAt',
		invariant: 'I2',
	},
	{
		name: 'a token in memory is trusted by the wall clock only',
		file: 'local/tab.ts',
		find: '!!readAt && Math.abs(clock.wall() - readAt.wall) < TRUST_MS && clock.mono() - readAt.mono < TRUST_MS',
		replace: '!!readAt && clock.wall() - readAt.wall < TRUST_MS',
		invariant: 'I2',
	},
	{
		name: 'what was read is still trusted after a freeze',
		file: 'local/tab.ts',
		find: 'readAt = undefined\n\t\t\tchannel.close()',
		replace: 'channel.close()',
		invariant: 'I2',
	},
	{
		name: 'what was read before a freeze is taken after it',
		file: 'local/tab.ts',
		find: 'if (before === sleeps) take(',
		replace: 'take(',
		invariant: 'I2, I3',
	},
	{
		name: 'a hint does not stop a tab from handing out tokens',
		file: 'compose.ts',
		find: 'tab.distrust()',
		replace: '',
		invariant: 'I2',
	},
	{
		name: 'a read that was under way when the hint came counts as later',
		file: 'local/tab.ts',
		find: 'doubts === distrusts ? stamp : undefined',
		replace: 'stamp',
		invariant: 'I2',
	},
	{
		name: 'a commit does not wait for the disk',
		file: 'local/commit.ts',
		find: '}, strict)',
		replace: '}, false)',
		invariant: 'I2, I7',
	},
	{
		name: 'what the channel says of an end is believed',
		file: 'compose.ts',
		find: 'if (revision === undefined) loaded?.receive(message)',
		replace: "if ('ended' in message) void signOut({ at: 'device' })\n\t\telse if (revision === undefined) loaded?.receive(message)",
		invariant: 'I6',
	},
	{
		name: 'a silent sign-in in a frame is taken though a session has ended since',
		file: 'remote/sso.ts',
		find: 'request: { silent: true, ends: record?.ends ?? 0 }',
		replace: 'request: { silent: true, ends: undefined }',
		invariant: 'I2',
	},
	{
		name: 'a silent sign-in that left the page is taken though a session has ended since',
		file: 'remote/sign-in.ts',
		find: 'isSilent ? (seen?.ends ?? 0) : isInPlace ?',
		replace: 'isInPlace ?',
		invariant: 'I2',
	},
	{
		name: 'a popup over a session undoes the sign-out',
		file: 'remote/sign-in.ts',
		find: '[seen, record].find(isLiving)?.ends',
		replace: '[seen, record].find(each => !each)?.ends',
		invariant: 'I2',
	},
	{
		name: 'a page that loads after a sign-out signs in silently',
		file: 'policy/silent.ts',
		find: "!ASK_AGAIN.test(record.end?.reason ?? '')",
		replace: '!ASK_AGAIN.test(typeof record)',
		invariant: 'I2',
	},

	// I3: convergence.
	{
		name: 'the channel stays open while the page is frozen',
		file: 'local/tab.ts',
		find: 'channel.close()\n\t\t\tasleep ??=',
		replace: 'asleep ??=',
		invariant: 'I3',
	},
	{
		name: 'a page out of the back/forward cache shows what it showed before',
		file: 'compose.ts',
		find: 'view.isRead = false\n',
		replace: '\n',
		invariant: 'I3',
	},
	{
		name: 'a visible tab does not look again by itself',
		file: 'policy/agenda.ts',
		find: 'situation.visible ? LOOK_EVERY : Number.POSITIVE_INFINITY',
		replace: 'Number.POSITIVE_INFINITY',
		invariant: 'I3',
	},
	{
		name: 'an older version changes the record of a newer one',
		file: 'local/commit.ts',
		find: 'isNewer(current) && !anyFormat ? undefined : changeAt(now)(base)',
		replace: 'changeAt(now)(base)',
		invariant: 'I3',
	},

	// I4: deadlines hold at use.
	{
		name: 'a deadline is looked at by a timer only',
		file: 'snapshot.ts',
		find: 'if (deadlineReason(record, now, config)) return checking\n',
		replace: '\n',
		invariant: 'I4',
	},
	{
		name: 'a page that wakes past a deadline goes on showing the session until it has read',
		file: 'local/reconcile.ts',
		find: 'function reconcile(): Promise<void> {\n\t\tsettle()',
		replace: 'function reconcile(): Promise<void> {',
		invariant: 'I4',
	},
	{
		name: 'session time is the wall clock',
		file: 'policy/deadlines.ts',
		find: 'Math.max(wall, anchor.time + Math.max(0, mono - anchor.mono))',
		replace: 'wall',
		invariant: 'I4, I5',
	},
	{
		name: 'session time is the monotonic clock, which stands still in sleep',
		file: 'policy/deadlines.ts',
		find: 'Math.max(wall, anchor.time + Math.max(0, mono - anchor.mono))',
		replace: 'anchor.time ? anchor.time + Math.max(0, mono - anchor.mono) : wall',
		invariant: 'I4',
	},
	{
		name: 'a renewal starts the lifetime anew',
		file: 'policy/renewal.ts',
		find: '...published,\n',
		replace: '...published,\n\t\tstartedAt: published.issuedAt,\n',
		invariant: 'I4',
	},
	{
		name: 'an access token that has expired is handed out',
		file: 'policy/freshness.ts',
		find: 'now < living.expiresAt - (isRenewable(living, now) ? aheadMs(living) / 4 : 0)',
		replace: 'now > 0 || aheadMs(living) > 0',
		invariant: 'I4',
	},
	{
		name: 'the age of tokens counts from their receipt',
		file: 'protocol/index.ts',
		find: 'return { response: await request, issuedAt, receivedWall: clock.wall() }',
		replace: 'return { response: await request, issuedAt: Math.max(issuedAt, now()), receivedWall: clock.wall() }',
		invariant: 'I4',
	},
	{
		name: 'the hint of the first frame has no deadline',
		file: 'local/response.ts',
		find: 'now < until : until === null',
		replace: 'true : until === null',
		invariant: 'I4',
	},
	{
		name: 'a sign-in goes on with a session past its deadline',
		file: 'policy/sign-in.ts',
		find: 'if (former && deadlineReason(record, now, config)) return undefined',
		replace: '',
		invariant: 'I4, I5',
	},

	// I5: activity is shared.
	{
		name: '`touched` is taken after the deadline',
		file: 'policy/session.ts',
		find: ' || deadlineReason(record, now, config)) return undefined\n\t\tif (!isConfirmed',
		replace: ' || (void now, void config, false)) return undefined\n\t\tif (!isConfirmed',
		invariant: 'I5',
	},
	{
		name: 'a renewal is activity',
		file: 'policy/renewal.ts',
		find: '...published,\n',
		replace: '...published,\n\t\tlastActivity: published.issuedAt,\n',
		invariant: 'I5',
	},
	{
		name: 'a request for a token is activity',
		file: 'remote/index.ts',
		find: 'wantedAt = tab.now()',
		replace: 'wantedAt = tab.now()\n\t\t\tactivity.noted()',
		invariant: 'I5',
	},
	{
		name: 'activity stays with the tab',
		file: 'local/activity.ts',
		find: 'if (!resting || at >= idleWarning(record.living, config)) publishNow()',
		replace: 'if (resting && at < idleWarning(record.living, config)) publishNow()',
		invariant: 'I5',
	},
	{
		name: 'a tab ends the session by the activity it knows of, not by the record',
		file: 'policy/session.ts',
		find: 'if (/^(idle|lifetime|expired)$/.test(end.reason) && due !== end.reason) return undefined',
		replace: 'void due',
		invariant: 'I5',
	},
	{
		name: 'a silent sign-in goes on with the session that is there',
		file: 'policy/sign-in.ts',
		find: ' || (silent && isLiving(record))',
		replace: ' || (silent && record.format < 0)',
		invariant: 'I2, I5, I9',
	},

	{
		name: 'activity while a warning stands is told to nobody',
		file: 'local/activity.ts',
		find: 'isLiving(before) && now < idleWarning(before.living, config)',
		replace: 'isLiving(before) && now > 0 && idleWarning(before.living, config) > 0',
		invariant: 'I5',
	},
	{
		name: 'a tab warns by its own clock, on what it last read',
		file: 'snapshot.ts',
		find: 'isAlone || !record ? now : record.highTime',
		replace: 'now',
		invariant: 'I5',
	},
	{
		name: 'an end that is near is announced by nobody',
		file: 'local/warn.ts',
		find: 'if (isWarningDue(view.record, tab.now(), config))',
		replace: 'if (isWarningDue(view.record, 0, config))',
		invariant: 'I3',
	},
	{
		name: 'any activity answers for a user who was asked',
		file: 'policy/activity.ts',
		find: "config.idle?.continueOn !== 'confirm' || at < idleWarning(living, config)",
		replace: 'at > 0 || !!idleWarning(living, config)',
		invariant: 'I5',
	},
	{
		name: 'what holds the session is forgotten after one beat',
		file: 'local/activity.ts',
		find: 'beating = false\n\t\theld()',
		replace: 'beating = true\n\t\theld()',
		invariant: 'I5',
	},
	{
		name: 'the end of a refresh token ends the access token too',
		file: 'policy/deadlines.ts',
		find: 'renewable ? Math.max(expiresAt, refreshExpiresAt) : expiresAt',
		replace: 'Math.min(expiresAt, refreshExpiresAt)',
		invariant: 'I6',
	},
	{
		name: 'a silent sign-in starts the lifetime anew',
		file: 'policy/sign-in.ts',
		find: 'if (goesOn && former?.startedAt !== undefined) {',
		replace: 'if (goesOn && isThere && former?.startedAt !== undefined) {',
		invariant: 'I4',
	},

	// I6: trouble is not logout.
	{
		name: 'any error of the provider ends the session',
		file: 'remote/renew.ts',
		find: "if (!(error instanceof OAuthError && error.code === 'invalid_grant')) {",
		replace: 'if (!(error instanceof OAuthError)) {',
		invariant: 'I6',
	},
	{
		name: 'a network that fails ends the session',
		file: 'remote/renew.ts',
		find: 'return backOff(context, target, intent.id, error)\n\t}\n\t// Another',
		replace: "return void (await end(tab, 'renewal-rejected'))\n\t}\n\t// Another",
		invariant: 'I6',
	},
	{
		name: 'each tab backs off by itself: a failure is not in the record',
		file: 'policy/renewal.ts',
		find: 'living.intent?.id === intent ? { intent: undefined, failure } : undefined',
		replace: 'living.intent?.id === intent && failure ? { intent: undefined } : undefined',
		invariant: 'I6',
	},
	{
		name: 'whoever wants a token does not wait for the back-off',
		file: 'policy/renewal.ts',
		find: '!!failure && failure.retryAt > now && failure.retryAt !== disregarded',
		replace: '!!failure && now < 0 && failure.retryAt !== disregarded',
		invariant: 'I6',
	},
	{
		name: 'the back-off does not grow',
		file: 'policy/renewal.ts',
		find: 'Math.min(60_000, 1000 * 2 ** (count - 1)) * (1 + fraction / 4)',
		replace: 'Math.min(60_000, count && fraction)',
		invariant: 'I6',
	},
	{
		name: 'a refusal ends the session though a newer answer waits or the turn has passed on',
		file: 'policy/renewal.ts',
		find: 'isFor(record, target) && !record.living.pending && record.living.intent?.id === intent',
		replace: 'isFor(record, target) && intent',
		invariant: 'I6',
	},
	{
		name: 'a key from a stranger is believed',
		file: 'remote/keys.ts',
		find: 'isKey => isKey && waiting',
		replace: '() => waiting',
		invariant: 'I3, I6, I10',
	},
	{
		name: 'a page that loads asks nobody in a frame',
		file: 'remote/sso.ts',
		find: 'if (!isFrameAllowed(record, now, tab.config)) return\n',
		replace: 'if (!isFrameAllowed(record, now - 1e15, tab.config)) return\n',
		invariant: 'I6',
	},
	{
		name: 'a frame without an answer ends the session',
		file: 'remote/renew.ts',
		find: 'if (isUnknownThere(error)) return void',
		replace: 'if (isUnknownThere(error) || isUnanswered(error)) return void',
		invariant: 'I6',
	},
	{
		name: 'a refused refresh token ends the session without a silent sign-in',
		file: 'remote/renew.ts',
		find: 'if (record.living.silent && (await',
		replace: 'if (!record.living.silent && (await',
		invariant: 'I6',
	},

	{
		name: 'a turn that was taken over makes a thief of whoever had it',
		file: 'remote/turn.ts',
		find: 'isTakenOver: !!intent',
		replace: 'isTakenOver: false',
		invariant: 'I6',
	},
	{
		name: 'a send that failed makes a thief of the sender',
		file: 'remote/renew.ts',
		find: '!turn.isTakenOver && !living.failure &&',
		replace: '!turn.isTakenOver &&',
		invariant: 'I6',
	},

	// I7: no lost token.
	{
		name: 'a rotated token is validated before it is stored',
		file: 'remote/renew.ts',
		find: 'context.renewals.set(nameOf(target), answer)',
		replace:
			'await protocol.validate(answer, { sub: record.sub }, { ...(await tab.open<Tokens>(record, record.living.tokens)), user: record.living.user })',
		invariant: 'I1, I6, I7',
	},
	{
		name: 'an answer that comes late is dropped',
		file: 'remote/renew.ts',
		find: 'context.renewals.set(nameOf(target), answer)',
		replace: 'if (!tab.isTrusted()) return',
		invariant: 'I1, I7',
	},
	{
		name: 'an answer that the storage does not take is forgotten',
		file: 'remote/renew.ts',
		find: 'context.renewals.set(nameOf(target), answer)',
		replace: '',
		invariant: 'I1',
	},
	{
		name: 'a token that waits for its validation is handed out',
		file: 'local/tokens.ts',
		find: 'const tokens = await tab.open<Tokens>(record, record.living.tokens)',
		replace:
			'const tokens = record.living.pending ? { accessToken: (await tab.open<any>(record, record.living.pending)).response.access_token } as Tokens : await tab.open<Tokens>(record, record.living.tokens)',
		invariant: 'I7',
	},
	{
		name: 'an answer that a tab left behind is published by nobody',
		file: 'remote/renew.ts',
		find: 'if (pending) return publish(context, target, record, await context.tab.open<Answer>(record, pending))',
		replace: '',
		invariant: 'I3, I6',
	},
	{
		name: 'a popup is closed once its code is exchanged, whatever becomes of the tokens',
		file: 'remote/popup.ts',
		find: "isOver() || request()?.outcome !== 'answered'",
		replace: 'isOver() || request',
		invariant: 'I7',
	},
	{
		name: 'what a frame has brought is published before it is stored',
		file: 'remote/renew.ts',
		find: '// Also where the session has ended meanwhile: then what came is revoked.\n\tawait secure(context, target, record, answer)',
		replace: 'await publish(context, target, record, answer)',
		invariant: 'I7',
	},

	// I8: one end.
	{
		name: 'a tab that did not end the session revokes as well',
		file: 'local/end.ts',
		find: 'return isMade ? former : undefined',
		replace: 'return isMade || former ? former : undefined',
		invariant: 'I8',
	},
	{
		name: 'an end is told with every look',
		file: 'local/tab.ts',
		find: 'shown = undefined\n\t\tconst isReplaced',
		replace: 'const isReplaced',
		invariant: 'I8',
	},

	// I9: no mixing of users.
	{
		name: 'a change of the user is not noticed',
		file: 'snapshot.ts',
		find: 'if (accepted && !isSameUser(accepted, user)) return',
		replace: 'if (accepted && (!user.sub || !isSameUser)) return',
		invariant: 'I9',
	},
	{
		name: 'tokens are handed out in quarantine',
		file: 'local/tokens.ts',
		find: "if (status === 'authenticated' && isLiving(record) && !trouble) return record",
		replace: "if ((status === 'authenticated' || status === 'user-changed') && isLiving(record) && !trouble) return record",
		invariant: 'I9',
	},
	{
		name: 'a sign-in goes on with the session of another user',
		file: 'policy/sign-in.ts',
		find: 'isLiving(record) && isSameUser(record.living.user, user) && !deadlineReason',
		replace: 'isLiving(record) && user && isSameUser && !deadlineReason',
		invariant: 'I9',
	},
	{
		name: 'renewed tokens of another user are taken',
		file: 'protocol/id-token.ts',
		find: '(sub !== undefined && subject !== sub)',
		replace: 'sub === null',
		invariant: 'I9',
	},
	{
		name: 'a silent renewal takes whoever is signed in at the provider',
		file: 'remote/renew.ts',
		find: '{ sub: record.sub }',
		replace: '{ sub: answer.nonce ? undefined : record.sub }',
		invariant: 'I9',
	},

	// Tokens for several APIs.
	{
		name: 'an answer does not say which API it was asked for',
		file: 'protocol/index.ts',
		find: 'return indicator.name ? { ...answer, name: indicator.name } : answer',
		replace: 'return answer',
		invariant: 'I7, I9',
	},
	{
		name: "the refresh token that comes with another API's token is not kept",
		file: 'remote/renew.ts',
		find: '? { ...former, refreshToken, others:',
		replace: '? { ...former, others:',
		invariant: 'I7',
	},
	{
		name: 'a token for another API counts as the main one',
		file: 'policy/renewal.ts',
		find: '...(name ? beside(living, published, name) : { mainGeneration: living.generation + 1 }),',
		replace: 'mainGeneration: living.generation + 1,',
		invariant: 'I7',
	},
	{
		name: 'a sign-in keeps the tokens for other APIs',
		file: 'policy/sign-in.ts',
		find: 'others: {},',
		replace: 'others: former?.others ?? {},',
		invariant: 'I9',
	},

	// I10: nothing hangs.
	{
		name: 'a wait for a token has no bound',
		file: 'local/tokens.ts',
		find: "await bounded(platform.clock, config.requestTimeoutMs, slot.acquiring, 'access token')",
		replace: 'await (bounded && platform && config && slot.acquiring)',
		invariant: 'I10',
	},
	{
		name: 'a wait for a renewal has no bound',
		file: 'remote/renew-now.ts',
		find: "await bounded(tab.platform.clock, tab.config.tokenRequestTimeoutMs, renew(before, before.living.failure?.retryAt), 'renewal')",
		replace: 'await renew(before, before.living.failure?.retryAt)',
		invariant: 'I10',
	},
	{
		name: 'a request has no bound',
		file: 'protocol/http.ts',
		find: 'const signal = network.clock.limit(limitMs)',
		replace: 'const signal = new AbortController().signal',
		invariant: 'I3, I10',
	},
	{
		name: 'a key that no tab has is waited for',
		file: 'remote/keys.ts',
		find: 'const cancel = clock.after(ASK_MS, () => waiting.get(id)?.())',
		replace: 'const cancel = () => void clock',
		invariant: 'I3, I10',
	},
	{
		name: 'a frame is waited for without a bound',
		file: 'remote/silent.ts',
		find: "await bounded(clock, requestTimeoutMs, arrival.response, 'frame')",
		replace: 'await (bounded && clock && requestTimeoutMs && arrival.response)',
		invariant: 'I3, I10',
	},
	{
		name: 'a holder that hangs is not overtaken',
		file: 'remote/turn.ts',
		find: '\t\thasGivenUp = true\n\t\tleave()',
		replace: '',
		invariant: 'I10',
	},
	{
		name: 'an alert is raised at each entry, not once an episode',
		file: 'policy/alerts.ts',
		find: 'if (isOngoing) continue',
		replace: 'void isOngoing',
		invariant: 'I8',
	},
]

/** Puts the fault in. @throws if it does not fit the code any more */
export function mutate({ name, file, find, replace }: Mutant, source: string): string {
	const times = source.split(find).length - 1
	if (times !== 1) throw new Error(`${file} has ${times} places for the fault "${name}"`)
	return source.replace(find, () => replace)
}
