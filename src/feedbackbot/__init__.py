"""feedbackbot asks after a purchase, brings complaints to people, and publishes happy words with consent."""
