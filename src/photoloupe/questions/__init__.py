"""The questions that models answer.

question    what every question declares: outputs, decode, values, table cell, conditions, training
registry    QUESTIONS: one entry a question; everything else is derived from it
squish, squish_evidence, selfie, selfie_faces, aesthetics   what each answer means
distribution  what answers over bins share
"""
