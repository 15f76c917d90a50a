/** Can anything reach production past the gates, and can everything that should pass get through? Pure: the answer comes before `up`. */
import type { Theorem } from "./theorem.ts";
import { pathTheorem } from "./theorems/t1.ts";
import { gateTheorem } from "./theorems/t2.ts";
import { slotTheorem } from "./theorems/t3.ts";
import { agreementTheorem } from "./theorems/t4.ts";
import { projectTheorem } from "./theorems/t5.ts";
import { reachTheorem } from "./theorems/t6.ts";
import { rollbackTheorem } from "./theorems/t7.ts";
import { lifecycleTheorem } from "./theorems/t8.ts";
import { credentialTheorem } from "./theorems/t9.ts";

export { prove, type Proved } from "./prove.ts";
export type { Counterexample, Judgement, Proof, Step, Subject, Theorem, TheoremId } from "./theorem.ts";
export { ProofSystem, ProofWorld, stackOf, type ProofSystemInput, type ProofWorldInput } from "./world.ts";

/** In the order of their ids. */
export const theorems: readonly Theorem[] = [
  pathTheorem,
  gateTheorem,
  slotTheorem,
  agreementTheorem,
  projectTheorem,
  reachTheorem,
  rollbackTheorem,
  lifecycleTheorem,
  credentialTheorem,
];
