"""HTTP without any area: request bodies, answers, problems, the API description."""
