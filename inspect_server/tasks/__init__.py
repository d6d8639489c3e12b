"""Tasks 案件 and the observations that open them: flow, deadlines, visits, lists, print."""
