/** Whether GitHub takes a file for a workflow: those directly in the folder are, not those in folders below. */
export const isWorkflowFile = (path: string): boolean => /^\.github\/workflows\/[^/]+\.ya?ml$/u.test(path);
