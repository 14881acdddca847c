export interface Mutant {
	readonly name: string
	readonly file: string
	readonly find: string
	readonly replace: string
	readonly invariant: string
}
export declare const mutants: readonly Mutant[]
/** @throws if the fault does not fit the code any more */
export declare function mutate(mutant: Mutant, source: string): string
