"""The worker process 后台任务: claims jobs and runs what comes with time."""
