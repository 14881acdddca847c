// The people who can sign in to the demo. None of them has a password.
export interface Account {
	readonly sub: string
	readonly name: string
	readonly given_name: string
	readonly family_name: string
	readonly preferred_username: string
	readonly email: string
	readonly email_verified: boolean
}

const account = (given_name: string, family_name: string): Account => {
	const sub = given_name.toLowerCase()
	return {
		sub,
		name: `${given_name} ${family_name}`,
		given_name,
		family_name,
		preferred_username: sub,
		email: `${sub}@example.com`,
		email_verified: true,
	}
}

export const accounts: readonly Account[] = [
	account('Ada', 'Lovelace'),
	account('Grace', 'Hopper'),
	account('Alan', 'Turing'),
	account('Katherine', 'Johnson'),
]

export const findAccount = (sub: string | undefined) => accounts.find(one => one.sub === sub)
