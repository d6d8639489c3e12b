"""The city as the office keeps it 名册: units, people, points, shops, calendar, routing."""
