"""The worker process 后台任务: runs jobs, and periodic jobs when they are due."""
